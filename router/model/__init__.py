"""The words of the domain: values without I/O, importing nothing of Hilo."""
