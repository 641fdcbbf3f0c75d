"""The payments gateway: the installed SDK's Stripe API, hosted pages, webhooks, and faults on demand."""
