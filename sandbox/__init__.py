"""Stand-ins for the outside systems of the portal, each speaking the real wire protocol on a loopback port."""
