"""The types of what `Tools.network` gives, for those who annotate with them: httpx's own, under names of ours."""

from httpx import Client as HttpClient
from httpx import Response as HttpResponse

__all__ = ["HttpClient", "HttpResponse"]
