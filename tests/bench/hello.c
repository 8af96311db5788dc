/* The floor of plain CGI: a process that says hello. */
#include <stdio.h>

int
main(void)
{
	puts("Content-Type: text/plain\r\n\r\nhello");
	return 0;
}
