"""Activities: festivities, films, lectures, meetings, for children and guardians."""
