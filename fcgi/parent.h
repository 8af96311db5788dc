#ifndef CGIHOOK_PARENT_H
#define CGIHOOK_PARENT_H

/*
 * The parent of a FastCGI responder: the process that the web server, or
 * another program with a listening socket, has started. It never reads a byte
 * of a request. It finds, reads and checks the configuration and the secrets,
 * opens the log, makes the state folder, starts the runner, and forks the child
 * that reads requests (serve.h). When any of these changes, a new child takes
 * the old one's place at the same socket, and the old one finishes its
 * requests.
 */

/** parent_serve - FastCGI on listen_fd, until SIGTERM, SIGINT or SIGUSR1.
 *  Returns: an exit status. */
int
parent_serve(int listen_fd);

#endif
