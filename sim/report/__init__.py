"""Reports that leave the office, from any result folder (报告)."""
