"""Stand-ins for the portal's outside systems, each speaking the real wire protocol on a loopback port."""
