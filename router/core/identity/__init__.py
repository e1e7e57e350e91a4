"""Who is who: handles found to be somebody's, two customers who become one, and are two again."""
