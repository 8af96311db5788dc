#ifndef CGIHOOK_RELEASE_H
#define CGIHOOK_RELEASE_H

/* Which version this is: here and nowhere else. CHANGES.md begins with it. */
#define CGIHOOK_VERSION "1.0.0"

#endif
