"""What the tests of API keys share: operations, and short ways to ask them."""

from datetime import datetime
from typing import Any

from tests.house import Answer, House, Key

KEY = """id name description environment tokenHint status fullAccess scopes
  ipRules { id cidr note createdAt } createdAt updatedAt createdBy { kind id name }
  tokenIssuedAt expiresAt revokedAt lastUsedAt lastUsedIp previousTokenExpiresAt"""
CREATE = f"""mutation($input: CreateApiKeyInput!) {{
  createApiKey(input: $input) {{ token apiKey {{ {KEY} }} }} }}"""
UPDATE = f"""mutation($input: UpdateApiKeyInput!) {{
  updateApiKey(input: $input) {{ apiKey {{ {KEY} }} }} }}"""
ROTATE = f"""mutation($input: RotateApiKeyInput!) {{
  rotateApiKey(input: $input) {{ token apiKey {{ {KEY} }} }} }}"""
DELETE = f"""mutation($input: DeleteApiKeyInput!) {{
  deleteApiKey(input: $input) {{ apiKey {{ {KEY} }} }} }}"""
READ = f"query($id: ID!) {{ apiKey(id: $id) {{ {KEY} }} }}"
VIEWER = "{ viewer { caller { ... on ApiKey { id } } } }"


async def create(house: House, caller: Key, **stated: Any) -> Answer:
    return await house.ask(caller, CREATE, input={"name": "New key", **stated})


async def created(house: House, caller: Key, **stated: Any) -> Any:
    """The payload of a creation that works."""
    return (await create(house, caller, **stated)).data["createApiKey"]


async def update(house: House, caller: Key, id: str, **stated: Any) -> Answer:
    return await house.ask(caller, UPDATE, input={"id": id, **stated})


async def updated(house: House, caller: Key, id: str, **stated: Any) -> Any:
    """The key after an update that works."""
    return (await update(house, caller, id, **stated)).data["updateApiKey"]["apiKey"]


async def rotate(house: House, caller: Key, id: str, **stated: Any) -> Answer:
    return await house.ask(caller, ROTATE, input={"id": id, **stated})


async def rotated(house: House, caller: Key, id: str, **stated: Any) -> Any:
    """The payload of a rotation that works."""
    return (await rotate(house, caller, id, **stated)).data["rotateApiKey"]


async def delete(house: House, caller: Key, id: str) -> Answer:
    return await house.ask(caller, DELETE, input={"id": id})


async def revoked(house: House, caller: Key, id: str) -> Any:
    """The key after a revocation that works."""
    return (await delete(house, caller, id)).data["deleteApiKey"]["apiKey"]


async def read(house: House, caller: Key, id: str) -> Any:
    return (await house.ask(caller, READ, id=id)).data["apiKey"]


async def works(house: House, token: str) -> bool:
    """Whether a token lets its bearer in now."""
    return (await house.ask(token, VIEWER)).status == 200


def shown(time: datetime) -> str:
    """A time as the API writes it."""
    return f"{time:%Y-%m-%dT%H:%M:%S.%f}".removesuffix(".000000") + "Z"


def rules(*networks: str) -> list[dict[str, str]]:
    return [{"cidr": network} for network in networks]


def cidrs(key: Any) -> list[str]:
    return [rule["cidr"] for rule in key["ipRules"]]


def must_be_beyond(answer: Answer, lacking: str, **beyond: Any) -> None:
    """Refused for what lies beyond the caller, with nothing to show."""
    assert (answer.status, list(answer.body["data"].values())) == (200, [None])
    assert answer.error["extensions"] == {"code": "FORBIDDEN", "beyond": beyond}
    rule = "You can give no more than you have yourself."
    assert answer.error["message"] == f"{rule} You lack: {lacking}."
