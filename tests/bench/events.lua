-- wrk sends what prepare() in bench.py has written: distinct, signed events,
-- each once. A file of requests per thread: "LENGTH\n" and so many bytes.
local all = {}

function setup(thread)
	thread:set("number", #all)
	table.insert(all, thread)
end

function init(args)
	path = args[1]
	file = assert(io.open(args[2] .. "." .. number, "rb"))
	used_up = 0
end

function request()
	local length = file:read("*l")
	if not length then
		-- not again: the same event would be a duplicate
		used_up = used_up + 1
		return "GET " .. path .. " HTTP/1.1\r\nHost: x\r\n\r\n"
	end
	return "POST " .. path .. " HTTP/1.1\r\n" .. file:read(tonumber(length))
end

function response(status)
	statuses = statuses or {}
	statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
	local sum = {}
	for _, thread in ipairs(all) do
		for status, n in pairs(thread:get("statuses") or {}) do
			sum[status] = (sum[status] or 0) + n
		end
	end
	io.write("RESULT {")
	io.write(string.format('"seconds":%f,"p50_ms":%f,"p99_ms":%f,"max_ms":%f',
		summary.duration / 1e6, latency:percentile(50) / 1e3,
		latency:percentile(99) / 1e3, latency.max / 1e3))
	io.write(string.format(',"socket_errors":%d,"statuses":{',
		summary.errors.connect + summary.errors.read +
		summary.errors.write + summary.errors.timeout))
	local first = true
	for status, n in pairs(sum) do
		io.write(string.format('%s"%d":%d', first and "" or ",", status, n))
		first = false
	end
	io.write("}}\n")
end
