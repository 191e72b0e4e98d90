"""What the portal says no with: a status, a code and a sentence, each as the vendor words it.

Codes of the system: https://apidocs.bitrix24.com/api-reference/crm/universal/crm-item-list.html#statuses-and-system-error-codes
(the same list stands on every method's page). Codes of a method: that method's page.
"""


class Refusal(Exception):
    """`error` may be empty or a number: the older methods say what is wrong in the description alone."""

    def __init__(self, status: int, error: str | int, description: str) -> None:
        super().__init__(f"{status} {error} {description}")
        self.status = status
        self.error = error
        self.description = description

    @property
    def body(self) -> dict[str, str | int]:
        return {"error": self.error, "error_description": self.description}


def no_method() -> Refusal:
    return Refusal(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")


def no_credentials() -> Refusal:
    return Refusal(401, "INVALID_CREDENTIALS", "Invalid request credentials")


def no_authorization() -> Refusal:
    return Refusal(401, "NO_AUTH_FOUND", "Wrong authorization data")


def expired() -> Refusal:
    return Refusal(401, "expired_token", "The access token provided has expired")


def out_of_scope(bearer: str) -> Refusal:
    return Refusal(
        401, "insufficient_scope", f"The request requires higher privileges than provided by the {bearer} token"
    )


def too_many() -> Refusal:
    return Refusal(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")


def too_long() -> Refusal:
    return Refusal(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit")


def old(description: str) -> Refusal:
    """As the older methods refuse: an empty code."""
    return Refusal(400, "", description)


def bad(argument: str) -> Refusal:
    """As the universal methods refuse a filter or an order."""
    return Refusal(400, "INVALID_ARG_VALUE", argument)


def no_process() -> Refusal:
    return Refusal(400, "NOT_FOUND", "Смарт-процесс не найден")


def no_item() -> Refusal:
    return Refusal(400, "NOT_FOUND", "Элемент не найден")
