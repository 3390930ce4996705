"""Partners: their orders come in, the statuses of those orders go out.

Owns  PartnerIntegration, PartnerSku, PartnerOrderReference, PartnerMessage, PartnerDelivery, DeliveryAttempt, EndpointHealth,
      PartnerStatusReport.
Says  nothing; it hears of each status change and tells the partner.
Knows nothing of invoices, visits or tickets.
"""
