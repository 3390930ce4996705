"""What the API can do, for machines and for people: open to everybody, within the limit of public doors."""

from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer, OpenApiYamlRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.core.api.views import ApiView


class SchemaView(SpectacularAPIView, ApiView):
    """The description that machines read; making it takes about a second, so strangers may not ask without end."""

    public = True
    # JSON first: whoever asks for nothing in particular can read it with what it has.
    renderer_classes = (OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2)


class DocumentationView(SpectacularSwaggerSplitView, ApiView):
    """The same for people."""

    public = True
