"""The whole paper on synthetic data: from the download to the last claim, at three sizes."""
