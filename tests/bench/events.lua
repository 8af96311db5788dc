-- wrk sends what load.py has written: distinct, signed events, each once. A
-- file of requests per thread: "LENGTH\n" and so many bytes.
--
--	wrk ... -- PATH FILES [PAUSE_MS]
--
-- PAUSE_MS: what a connection waits between a reply and its next request, on
-- average; for a load that is less than all that goes. A * in PATH is a number
-- below 1000, each in its turn.
local count = 0

function setup(thread)
	thread:set("number", count)
	count = count + 1
end

function init(args)
	path = args[1]
	file = assert(io.open(args[2] .. "." .. number, "rb"))
	heads = {}
	for i = 0, path:find("*", 1, true) and 999 or 0 do
		heads[i] = "POST " .. path:gsub("%*", i) .. " HTTP/1.1\r\n"
	end
	sent = 0
	pause_ms = tonumber(args[3])
	if pause_ms then
		math.randomseed(number)
		delay = function()
			return math.floor(pause_ms * 2 * math.random() + 0.5)
		end
	end
end

function request()
	local length = file:read("*l")
	if not length then
		-- not the same again, that would be duplicates: an error
		return "GET " .. path .. " HTTP/1.1\r\nHost: x\r\n\r\n"
	end
	sent = sent + 1
	return heads[sent % (#heads + 1)] .. file:read(tonumber(length))
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format('RESULT {"seconds":%f,"replies":%d,' ..
		'"refused":%d,"broken":%d,"p50_ms":%f,"p99_ms":%f}\n',
		summary.duration / 1e6, summary.requests, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout,
		latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
