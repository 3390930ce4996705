from apps.partners.admin import deliveries, integrations, references

__all__ = ["deliveries", "integrations", "references"]
