/* What the pages do by themselves. Without it, they have links for that. */
'use strict';
