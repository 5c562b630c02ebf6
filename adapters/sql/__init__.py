"""What must outlive the process, in SQL: tokens, instruments, the order journal."""
