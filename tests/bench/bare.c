/*
 * The ceiling of the transport: reads the body, says ok, and does nothing
 * else. As many threads as the responder has workers.
 */
#include <fcgiapp.h>
#include <pthread.h>

enum { THREADS = 32 };

static void *
serve(void *unused)
{
	FCGX_Request r;
	char body[4096];

	(void)unused;
	FCGX_InitRequest(&r, 0, 0);
	while (FCGX_Accept_r(&r) == 0) {
		while (FCGX_GetStr(body, sizeof(body), r.in) > 0)
			continue;
		FCGX_PutS("Status: 202 Accepted\r\nContent-Type: "
		    "application/json\r\n\r\n{\"status\":\"ok\"}\n", r.out);
		FCGX_Finish_r(&r);
	}
	return NULL;
}

int
main(void)
{
	pthread_t t;

	FCGX_Init();
	for (int i = 1; i < THREADS; i++)
		pthread_create(&t, NULL, serve, NULL);
	serve(NULL);
	return 0;
}
