/* A node's firmware in C, small enough to read: what a microcontroller would do on its UART, here on a POSIX tty.
 *
 *     cc -std=c99 -Wall -Wextra -o node node.c
 *     ./node /dev/ttyUSB0                     (or the link of: tencent-at emulate --link /tmp/module)
 *
 * It joins nothing (the module has its access point), stores an identity, connects, subscribes, reports "up" at
 * QoS 1, and switches its lamp as the cloud says. Each event is a line on standard output. Exit code: 0 after "off",
 * 2 when the module refuses, 3 when it says nothing. */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define TOPIC "CTQS08Y5LG/Dev01/"

static int uart;

/* The next line, without its CR LF. A message is counted: its payload may hold line ends. */
static int line(char *text, int size, int milliseconds)
{
    int n = 0, quoted = -1;
    struct pollfd ready = {uart, POLLIN, 0};

    while (n < size - 1) {
        if (poll(&ready, 1, milliseconds) <= 0 || read(uart, text + n, 1) != 1)
            return -1;
        n++;
        text[n] = 0;
        if (quoted < 0 && strncmp(text, "+TCMQTTRCVPUB:", 14) == 0) {
            char *comma = strchr(text, ',');
            char *start = comma ? strstr(comma, ",\"") : NULL;
            if (start)
                quoted = (int)(start + 2 - text) + atoi(comma + 1) + 3; /* the payload, a quote, CR LF */
        }
        if (quoted >= 0 ? n == quoted : n >= 2 && text[n - 2] == '\r' && text[n - 1] == '\n') {
            text[n - 2] = 0;
            if (n > 2)
                return n - 2;
            n = 0; /* an empty line */
        }
    }
    return -1;
}

static void fail(const char *what, const char *answer, int code)
{
    printf("failed %s: %s\n", what, answer);
    exit(code);
}

static int lamp(const char *text)
{
    if (strncmp(text, "+TCMQTTRCVPUB:", 14) != 0)
        return 0;
    if (strstr(text, "\"lamp on"))
        printf("lamp on\n");
    else if (strstr(text, "\"lamp off"))
        printf("lamp off\n");
    return strstr(text, "\"off\"") != NULL;
}

/* Send a command and wait for the line that ends it. Messages come in between. */
static void ask(const char *command, const char *end)
{
    char text[2600];

    if (write(uart, command, strlen(command)) < 0 || write(uart, "\r\n", 2) < 0)
        fail(command, "the port does not take it", 3);
    for (;;) {
        if (line(text, sizeof text, 15000) < 0)
            fail(command, "no answer", 3);
        if (strcmp(text, end) == 0)
            return;
        if (strncmp(text, "+CME ERROR", 10) == 0 || strcmp(text, "ERROR") == 0 || strstr(text, ":FAIL"))
            fail(command, text, 2);
        lamp(text);
    }
}

int main(int count, char **arguments)
{
    struct termios raw;
    char text[2600];

    if (count != 2 || (uart = open(arguments[1], O_RDWR | O_NOCTTY)) < 0 || tcgetattr(uart, &raw) < 0)
        fail("open", count == 2 ? arguments[1] : "usage: node PORT", 3);
    cfmakeraw(&raw);
    cfsetspeed(&raw, B115200);
    tcsetattr(uart, TCSANOW, &raw);
    setvbuf(stdout, NULL, _IOLBF, 0);

    ask("ATE0", "OK");
    ask("AT+TCDEVINFOSET=1,\"CTQS08Y5LG\",\"Dev01\",\"ZHNkIGRzZCA=\"", "+TCDEVINFOSET:OK");
    ask("AT+TCMQTTCONN=1,5000,240,1,1", "+TCMQTTCONN:OK");
    ask("AT+TCMQTTSUB=\"" TOPIC "control\",1", "+TCMQTTSUB:OK");
    ask("AT+TCMQTTPUB=\"" TOPIC "event\",1,\"up\"", "+TCMQTTPUB:OK");
    printf("up\n");
    for (;;) {
        if (line(text, sizeof text, 60000) < 0)
            fail("message", "nothing came", 3);
        if (strncmp(text, "+TCMQTTDISCON", 13) == 0)
            printf("link lost\n");
        if (strcmp(text, "+TCMQTTRECONNECTED") == 0)
            printf("link back\n");
        if (lamp(text))
            return 0;
    }
}
