from tests.benchmarks.plain.views import router

urlpatterns = router.urls
