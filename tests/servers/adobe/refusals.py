"""What a played shop refuses with."""


class Refused(Exception):  # what Magento calls a WebapiException
    """An answer that is none."""

    def __init__(self, status: int, message: str, parameters: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.parameters = status, message, parameters


def no_entity(name: str, value: str) -> Refused:
    """That there is no such thing."""
    return Refused(404, "No such entity with %fieldName = %fieldValue", {"fieldName": name, "fieldValue": value})
