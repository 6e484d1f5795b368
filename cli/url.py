"""URLs of the server, as it listens and as it can be called from the same machine."""

from ipaddress import ip_address


def url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def url_to_call(host: str, port: int) -> str:
    """A server that listens on all addresses is called by the loopback one."""
    try:
        address = ip_address(host)
    except ValueError:
        return url_of(host, port)
    if address.is_unspecified:
        return url_of("127.0.0.1" if address.version == 4 else "::1", port)  # noqa: PLR2004  # IPv4
    return url_of(host, port)
