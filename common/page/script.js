/* What the pages do by themselves: new events appear, ages grow. Without this
 * script there are links for that. Nothing here makes HTML of text: what comes
 * from the server is parsed as the page itself was. */
'use strict';
(() => {
	/* The server waits for news; one that does not is asked so often. */
	const WAIT_S = 20, PERIOD_MS = 3000, LEAST_MS = 250, LATE_MS = 30000;
	const news = document.getElementById('news');
	const pause = document.getElementById('pause');
	const newer = document.getElementById('newer');
	let paused = false, pause_ms = PERIOD_MS, late_ms = PERIOD_MS;
	let timer = 0, asking = null;

	const live = () => document.querySelector('[data-live]');
	const shown = (e) => e.querySelector('[data-have]') || e;
	const say = (text) => { if (news) news.textContent = text; };

	function age(time) {
		const s = Math.floor((Date.now() - Date.parse(time.dateTime)) /
		    1000);
		time.textContent = s < 1 ? 'just now' : s < 60 ? s + ' s ago' :
		    s < 3600 ? Math.floor(s / 60) + ' min ago' :
		    s < 172800 ? Math.floor(s / 3600) + ' h ago' :
		    Math.floor(s / 86400) + ' days ago';
	}

	/* What has the focus, or text that is chosen, stays as it is. */
	function is_used(e) {
		const chosen = document.getSelection();
		return e.contains(document.activeElement) ||
		    (!chosen.isCollapsed && e.contains(chosen.anchorNode));
	}

	function keep_open(old, fresh) {
		const a = old.querySelectorAll('details');
		const b = fresh.querySelectorAll('details');
		a.forEach((d, i) => { if (b[i]) b[i].open = d.open; });
	}

	/* Each child has an id; those that are the same stay. Returns how many
	 * were not there before. */
	function put(region, fresh) {
		let added = 0, place = region.firstElementChild;
		const wanted = new Set();
		for (const e of [...fresh.children]) {
			const old = e.id && document.getElementById(e.id);
			wanted.add(e.id);
			if (old && old.parentNode === region) {
				if (old === place)
					place = place.nextElementSibling;
				if (old.textContent === e.textContent ||
				    is_used(old)) {
					if (old.nextElementSibling !== place)
						region.insertBefore(old, place);
					continue;
				}
				keep_open(old, e);
				old.replaceWith(e);
			} else {
				e.classList.add('is-new');
				setTimeout(() => e.classList.remove('is-new'),
				    4000);
				region.insertBefore(e, place);
				added++;
			}
		}
		for (const e of [...region.children])
			if (!wanted.has(e.id) && !is_used(e))
				e.remove();
		return added;
	}

	async function look() {
		const e = live(), region = shown(e);
		const url = new URL(e.dataset.live, location.href);
		url.searchParams.set('have', region.dataset.have);
		url.searchParams.set('wait', WAIT_S);
		const reply = await fetch(url, { cache: 'no-store',
		    credentials: 'same-origin', redirect: 'error',
		    signal: asking.signal });
		if (reply.status === 204)
			return;
		if (!reply.ok)
			throw new Error(reply.status);
		const text = await reply.text();
		if (asking.signal.aborted)
			return;
		const parsed = new DOMParser().parseFromString(
		    region.tagName === 'TBODY' ? '<table>' + text + '</table>' :
		    text, 'text/html');
		const fresh = parsed.querySelector('[data-have]');
		const added = put(region, fresh);
		region.dataset.have = fresh.dataset.have;
		if (region === e && !fresh.dataset.live)
			delete e.dataset.live;
		if (added > 0 && region.tagName === 'TBODY')
			document.querySelectorAll('.empty, p.none').forEach(
			    (p) => { if (!region.contains(p)) p.remove(); });
		if (region.tagName === 'TBODY')
			say(added === 0 ? '' : added === 1 ? '1 new event' :
			    added + ' new events');
		else
			say('Updated');
	}

	async function turn() {
		const began = Date.now();
		timer = 0;
		asking = new AbortController();
		try {
			if (!document.hidden && !paused && live())
				await look();
			pause_ms = Math.max(LEAST_MS, PERIOD_MS -
			    (Date.now() - began));
			late_ms = PERIOD_MS;
		} catch (e) {
			if (!asking.signal.aborted) {
				say('Not up to date: the server cannot be ' +
				    'reached.');
				late_ms = Math.min(2 * late_ms, LATE_MS);
			}
			pause_ms = late_ms;
		}
		asking = null;
		wait();
	}

	function wait() {
		if (!timer && !asking && live() && !paused &&
		    !document.hidden)
			timer = setTimeout(turn, pause_ms);
	}

	/* Whoever does not look keeps no thread of the server. */
	function stop() {
		clearTimeout(timer);
		timer = 0;
		if (asking)
			asking.abort();
	}

	if (live() && pause) {
		pause.hidden = false;
		if (newer)
			newer.hidden = true;
		pause.addEventListener('click', () => {
			paused = !paused;
			pause.setAttribute('aria-pressed', paused);
			say(paused ? 'Paused' : '');
			if (paused)
				stop();
			else
				wait();
		});
		document.addEventListener('visibilitychange', () => {
			if (document.hidden)
				stop();
			else if (!timer && !asking && !paused && live())
				turn();
		});
	}
	setInterval(() => document.querySelectorAll('time[data-age]').forEach(
	    age), PERIOD_MS);
	wait();
})();
