"""The types of what `Tools.network` gives, for those who annotate with them: httpx's own, under names of ours."""

from hub.http.library import httpx

HttpClient = httpx.Client
HttpResponse = httpx.Response

__all__ = ["HttpClient", "HttpResponse"]
