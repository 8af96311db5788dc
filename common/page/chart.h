#ifndef CGIHOOK_CHART_H
#define CGIHOOK_CHART_H

#include "page_overview.h"

/* Pictures of the overview: SVG, each with a title and a table of the same
 * figures. Their colours are the style's, by class. */

/** chart_results - attempts, slot by slot, by how they ended */
void
chart_results(struct html *h, const struct page_overview *p);

/** chart_failures - handlers, by how often they failed */
void
chart_failures(struct html *h, const struct page_overview *p);

/** chart_durations - how long attempts took, slot by slot: p50 and p95 */
void
chart_durations(struct html *h, const struct page_overview *p);

#endif
