# Builds cgihook. See README.md; "make help" lists what there is to make.

CC ?= cc
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla \
	-Wstrict-prototypes -Wmissing-prototypes -Wformat=2
INCLUDES = -iquote common/base -iquote common/provider \
	-iquote common/config -iquote common/queue -iquote fcgi -iquote cli
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -pthread $(WARNINGS) $(INCLUDES) \
	$(CFLAGS) $(CPPFLAGS)
LIBS = -lsqlite3 -lconfuse -lcrypto
B = build

common_src := $(sort $(wildcard common/*/*.c))
fcgi_src := $(sort $(wildcard fcgi/*.c))
cli_src := $(sort $(wildcard cli/*.c))
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))

all: $(B)/cgihook.fcgi $(B)/cgihook

$(B)/cgihook.fcgi: $(call obj,$(fcgi_src) $(common_src))
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ -lfcgi $(LIBS)

$(B)/cgihook: $(call obj,$(cli_src) $(common_src))
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ -lcjson $(LIBS)

$(B)/obj/%.o: %.c
	@mkdir -p $(dir $@)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# unit tests: tests/unit/test_x.c links with all of common/
$(B)/unit/%: $(B)/obj/tests/unit/%.o $(call obj,$(common_src))
	@mkdir -p $(dir $@)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ -lcmocka $(LIBS)

clean:
	rm -rf $(B)

.PHONY: all clean
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
