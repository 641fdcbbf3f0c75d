"""What is done with certificates: requested, issued, kept true, checked."""
