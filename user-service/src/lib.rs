//! Accounts, monitors and channels, and the API's reads from PostgreSQL.
