"""The replication pack."""
