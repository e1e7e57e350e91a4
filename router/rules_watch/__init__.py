"""The rules as they are on disk, in force while Hilo runs: `files` reads, `watch` swaps, `teller` says so."""
