"""What `jobimpact train` needs; nothing else imports it."""
