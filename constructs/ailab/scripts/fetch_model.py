"""fetch_model.py MODEL REVISION MARK: let the cache in $HF_HOME have this revision, and none that was begun before it.

MARK is made when the model is whole, and other revisions have theirs beside it. A server waits for its mark, since
offline it would only fail without the model. The server of the former revision has ended by then: a Deployment of the
lab never starts one pod beside another.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from huggingface_hub import scan_cache_dir, snapshot_download

BEGUN = ".begun"


def begun(mark: Path) -> int:
    """Say when a revision was begun, in nanoseconds; 0 where nobody noted it."""
    try:
        return mark.with_suffix(BEGUN).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def remove_earlier(mark: Path) -> None:
    """Remove what was begun before this revision, and nothing later.

    kubectl leaves old Jobs in the cluster: one that is tried again, and succeeds, may not take the new model away.
    """
    cache = scan_cache_dir()
    found = {revision.commit_hash for repository in cache.repos for revision in repository.revisions}
    earlier = [revision for revision in found if begun(mark.with_stem(revision)) < begun(mark)]
    for revision in earlier:
        mark.with_stem(revision).unlink(missing_ok=True)
        mark.with_stem(revision).with_suffix(BEGUN).unlink(missing_ok=True)
    cache.delete_revisions(*earlier).execute()


def main(model: str, revision: str, mark: Path) -> None:
    """Fetch the model; what is there already is not fetched again."""
    if not begun(mark):
        mark.with_suffix(BEGUN).touch()
    snapshot_download(model, revision=revision)
    mark.touch()
    remove_earlier(mark)


if __name__ == "__main__":
    # The first process of a container hears no signal without a handler. Not by `sys.exit`, which waits for all threads
    # that fetch: what is not whole has no mark, and the next run goes on with it.
    signal.signal(signal.SIGTERM, lambda number, _: os._exit(128 + number))
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
