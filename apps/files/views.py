from uuid import UUID

import structlog
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_GET

from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core.doors import open_to
from apps.core.records import RecordRef
from apps.files.models import Attachment

log = structlog.get_logger(__name__)


@open_to("who sees the record, and outside the house the kind of reader that the file is marked for")
@login_required
@require_GET
def download(request: HttpRequest, attachment_id: UUID) -> FileResponse:
    """Hand a file to somebody who may see it, as something to save: no browser may run or guess it on our address."""
    attachment = Attachment.objects.visible_to(request.user).filter(pk=attachment_id).first()
    if attachment is None:
        raise Http404
    try:
        content = attachment.file.open("rb")
    except FileNotFoundError:
        log.exception("attachment_content_missing", attachment=str(attachment_id))
        raise Http404 from None
    log_act(AuditAction.VIEW, RecordRef(entity_type="attachment", entity_id=attachment_id))
    return FileResponse(
        content,
        as_attachment=True,
        filename=attachment.document_name,
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )
