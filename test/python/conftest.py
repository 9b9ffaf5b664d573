"""Makes pytest put this folder on the path: the kits here serve several folders of tests."""
