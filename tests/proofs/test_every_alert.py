"""Every alert of staging and prod is proven: it opens in time, tells whom it must, and closes; the near miss is silent."""

from engine.proofs.pytest import alert_tests

test_alert = alert_tests("staging", "prod")
