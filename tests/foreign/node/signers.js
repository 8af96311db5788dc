// What senders' own libraries sign and verify: one JSON object a line on
// standard input, and one for each on standard output.
'use strict';
const readline = require('readline');
const { Webhook } = require('standardwebhooks');
const stripe = require('stripe');
const { verifySlackRequest } =
	require('@slack/bolt/dist/receivers/verify-request.js');

// each throws, or returns false, if a request is not genuine
const libraries = {
	standardwebhooks: {
		sign: q => ({
			'webhook-id': q.id,
			'webhook-timestamp': String(q.time),
			'webhook-signature': new Webhook(q.secret).sign(q.id,
				new Date(q.time * 1000), q.body),
		}),
		verify: q => new Webhook(q.secret).verify(q.body, q.headers),
	},
	stripe: {
		sign: q => ({
			'stripe-signature': stripe.webhooks.generateTestHeaderString({
				payload: q.body, secret: q.secret,
				timestamp: q.time }),
		}),
		verify: q => stripe.webhooks.constructEvent(q.body,
			q.headers['stripe-signature'], q.secret),
	},
	octokit: {
		sign: async q => ({
			'x-hub-signature-256':
				await (await import('@octokit/webhooks-methods'))
					.sign(q.secret, q.body),
		}),
		verify: async q =>
			(await import('@octokit/webhooks-methods')).verify(
				q.secret, q.body,
				q.headers['x-hub-signature-256']),
	},
	bolt: {		// it verifies only
		verify: q => verifySlackRequest({ signingSecret: q.secret,
			body: q.body, headers: {
				'x-slack-signature':
					q.headers['x-slack-signature'],
				'x-slack-request-timestamp': Number(
					q.headers['x-slack-request-timestamp']),
			} }),
	},
};

async function answer(q) {
	try {
		const result = await libraries[q.library][q.what](q);
		return q.what === 'sign' ? { headers: result } :
			{ genuine: result !== false };
	} catch (e) {
		if (q.what === 'sign')
			throw e;
		return { genuine: false, why: String(e.message) };
	}
}

(async () => {
	for await (const line of readline.createInterface(
		{ input: process.stdin }))
		console.log(JSON.stringify(await answer(JSON.parse(line))));
})();
