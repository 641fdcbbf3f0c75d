"""The payments gateway: the Stripe API of the SDK installed, with hosted pages, webhooks and faults on demand."""
