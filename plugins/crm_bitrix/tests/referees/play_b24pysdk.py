"""b24pysdk, the vendor's own. Steps: [domain, token], verb, arguments. `oauth` signs in by a code and lets the token die.

REQUESTS_CA_BUNDLE is the portal's certificate: the scheme is always https.
"""

import json
import sys

from b24pysdk import Client
from b24pysdk._config import Config
from b24pysdk.api.requesters.bitrix_oauth_requester import BitrixOAuthRequester
from b24pysdk.credentials import BitrixApp, BitrixToken, BitrixWebhook

Config().default_initial_retry_delay = 0.2
Config().default_retry_delay_increment = 0.2
Config().default_max_retries = 20


def play(portal, verb, *arguments):
    domain, token = portal
    if verb == "oauth":
        return oauth(domain, *arguments)
    webhook = BitrixWebhook(domain=domain, webhook_token=token)
    if verb == "typed":
        path, named, way = arguments
        at = Client(webhook)
        for part in path.split("."):
            at = getattr(at, part)
        asked = at(**named)
        return getattr(asked, way)().result if way else asked.result
    answer = getattr(webhook, verb)(*arguments)
    return list(answer["result"]) if verb == "call_list_fast" else answer["result"]


def oauth(domain, card, code):
    url = f"https://{domain}"
    BitrixOAuthRequester._OAUTH_TOKEN_URL = f"{url}/oauth/token/"
    app = BitrixApp(client_id=card["client_id"], client_secret=card["client_secret"])
    token = BitrixToken(domain=domain, auth_token="", bitrix_app=app)
    granted = token.get_oauth_token(code)
    token.oauth_token = granted.oauth_token
    first = token.auth_token
    profile = token.call_method("profile")["result"]
    token.call_method("server.time")  # by now the portal has let the token die: it is refreshed, and the call repeated
    return {"profile": profile, "renewed": token.auth_token != first}


told = {}
for name, step in json.load(sys.stdin).items():
    try:
        told[name] = {"result": play(*step)}
    except Exception as error:
        told[name] = {"raised": type(error).__name__, "said": str(error)}
print(json.dumps(told, default=str))
