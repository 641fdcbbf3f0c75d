"""How contacts are shown: enough for the holder to recognise, too little for anyone else to use."""


def masked_mobile(number: str) -> str:
    """138****5678."""
    return f"{number[:3]}****{number[-4:]}"


def masked_email(address: str) -> str:
    """j***@example.com."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"
