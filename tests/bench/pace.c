/*
 * A load at a fixed rate: a request is due at its time, whether or not those
 * before it were answered, and its latency counts from then on. So a server
 * that stops for a while is charged for all that should have been sent
 * meanwhile.
 *
 *	pace PORT PATH FILE RATE COUNT CONNECTIONS SKIP
 *
 * FILE: as load.py writes it, of which the first SKIP are left out. RATE: a
 * second; 0: as fast as they are answered. Prints when it began (of the steady
 * clock, in s), how many were answered 2xx, how many not, the seconds, and in
 * ms the latencies p50, p99, p99.9 and the longest.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 512, HEAD_MAX = 512, REPLY_MAX = 64 * 1024 };

struct request {
	const char *data;
	size_t len;
};

static struct request *requests;
static double *latency_s;
static int count;
static double rate, begun_s;
static in_port_t port;
static char head[HEAD_MAX];
static _Atomic int next_request, answered, refused;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
sleep_until(double s)
{
	struct timespec t = { .tv_sec = (time_t)s };

	t.tv_nsec = (long)((s - (double)t.tv_sec) * 1e9);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
		;
}

static void
read_requests(const char *path, int skip)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *at, *end;

	if (fd < 0 || fstat(fd, &st) != 0)
		die(path);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		die(path);
	end = at + st.st_size;
	for (int i = -skip; i < count; i++) {
		struct request r;

		if (at >= end) {
			fprintf(stderr, "%s: too few requests\n", path);
			exit(1);
		}
		r.len = strtoul(at, &at, 10);
		r.data = ++at;
		at += r.len;
		if (i >= 0)
			requests[i] = r;
	}
}

static int
connect_to_port(void)
{
	const struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&a,
	    sizeof(a)) != 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static bool
send_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n)
		if ((n = send(fd, data, len, MSG_NOSIGNAL)) <= 0)
			return false;
	return true;
}

/* With its length, or in chunks. */
static bool
is_whole(const char *reply, size_t len)
{
	const char *body = strstr(reply, "\r\n\r\n");
	const char *length = strcasestr(reply, "\r\nContent-Length:");

	if (body == NULL)
		return false;
	body += 4;
	if (length != NULL && length < body)
		return (size_t)(reply + len - body) >=
		    strtoul(length + 17, NULL, 10);
	return strcmp(reply + len - 5, "0\r\n\r\n") == 0;
}

static bool
read_reply(int fd, char *reply)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = recv(fd, reply + len, REPLY_MAX - 1 - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
		reply[len] = '\0';
	} while (!is_whole(reply, len));
	return strncmp(reply, "HTTP/1.1 2", 10) == 0;
}

static bool
ask(int fd, const struct request *r, char *reply)
{
	return send_all(fd, head, strlen(head)) &&
	    send_all(fd, r->data, r->len) && read_reply(fd, reply);
}

static void *
run(void *arg)
{
	char *reply = malloc(REPLY_MAX);
	int fd = connect_to_port(), i;
	double due_s;

	(void)arg;
	while ((i = next_request++) < count) {
		due_s = begun_s + (rate > 0 ? i / rate : 0);
		if (rate > 0)
			sleep_until(due_s);
		else
			due_s = now_s();
		if (ask(fd, &requests[i], reply)) {
			answered++;
		} else {
			refused++;
			close(fd);
			fd = connect_to_port();
		}
		latency_s[i] = now_s() - due_s;
	}
	close(fd);
	free(reply);
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
percentile_ms(double part)
{
	const int at = (int)(part * count);

	return 1e3 * latency_s[at < count ? at : count - 1];
}

int
main(int argc, char **argv)
{
	pthread_t threads[CONNECTIONS_MAX];
	int connections;
	double ended_s;

	if (argc != 8)
		return 2;
	port = (in_port_t)atoi(argv[1]);
	snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\n", argv[2]);
	rate = atof(argv[4]);
	count = atoi(argv[5]);
	connections = atoi(argv[6]);
	requests = calloc((size_t)count, sizeof(*requests));
	latency_s = calloc((size_t)count, sizeof(*latency_s));
	if (count < 1 || connections < 1 || connections > CONNECTIONS_MAX ||
	    requests == NULL || latency_s == NULL)
		return 2;
	read_requests(argv[3], atoi(argv[7]));
	/* once all are connected */
	begun_s = now_s() + (rate > 0 ? 0.05 : 0);
	for (int i = 0; i < connections; i++)
		if (pthread_create(&threads[i], NULL, run, NULL) != 0)
			die("pthread_create");
	for (int i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	ended_s = now_s();
	qsort(latency_s, (size_t)count, sizeof(*latency_s), by_size);
	printf("%.6f %d %d %.6f %.3f %.3f %.3f %.3f\n", begun_s, answered,
	    refused, ended_s - begun_s, percentile_ms(0.5),
	    percentile_ms(0.99), percentile_ms(0.999), percentile_ms(1));
	return 0;
}
