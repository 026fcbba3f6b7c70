/* Three charts with logarithmic axes: bars of the cost of a call and of its latency, and lines of costs as a container grows. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "chart.h"
#include "server.h"

enum { WIDTH = 900, LEFT = 300, RIGHT = 60, TOP = 46, BAR = 9, GAP = 10 };

static const char *const colors[] = {"#1f6f8b", "#d1495b", "#9aa5b1"};

typedef struct Axis {
        double low, high; /* of the values, powers of ten */
} Axis;

static double axis_x(const Axis *axis, double value) {
        double share = (log10(value) - log10(axis->low)) / (log10(axis->high) - log10(axis->low));

        return LEFT + (WIDTH - LEFT - RIGHT) * (share < 0 ? 0 : share > 1 ? 1 : share);
}

static void write_text(FILE *f, double x, double y, const char *anchor, const char *text) {
        fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
                text);
}

static FILE *begin_chart(const char *directory, const char *name, const char *title, int height) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s.svg", directory, name);
        FILE *f = fopen(path, "we");

        if (!f)
                bench_fail(path, errno);
        fprintf(f,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                "font-family=\"sans-serif\" font-size=\"11\">\n"
                "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
                "<text x=\"10\" y=\"18\" font-size=\"14\" font-weight=\"bold\">%s</text>\n",
                WIDTH, height, title);
        return f;
}

static void end_chart(FILE *f) {
        fprintf(f, "</svg>\n");
        if (fclose(f) != 0)
                bench_fail("a chart", errno);
}

static void write_legend(FILE *f, const char *const *labels, unsigned n) {
        for (unsigned i = 0; i < n; i++) {
                fprintf(f, "<rect x=\"%d\" y=\"25\" width=\"10\" height=\"10\" fill=\"%s\"/>\n",
                        LEFT + 150 * (int)i, colors[i]);
                write_text(f, LEFT + 150 * (int)i + 15, 34, "start", labels[i]);
        }
}

static void write_grid(FILE *f, const Axis *axis, int bottom) {
        char text[32];

        for (double v = axis->low; v <= axis->high * 1.001; v *= 10) {
                double x = axis_x(axis, v);
                fprintf(f, "<path d=\"M%.1f %dV%d\" stroke=\"#ddd\"/>\n", x, TOP, bottom);
                snprintf(text, sizeof(text), "%g us", v);
                write_text(f, x, bottom + 14, "middle", text);
        }
}

static bool is_in(const Row *row, const char *section) {
        return strncmp(row->section, section, strlen(section)) == 0;
}

/* The powers of ten below and above all values of these cells. */
static Axis find_axis(const Report *report, const char *section, const char *const *labels,
                      unsigned n) {
        double low = INFINITY, high = 0;

        for (unsigned i = 0; i < report->n; i++)
                for (unsigned k = 0; is_in(&report->rows[i], section) && k < n; k++) {
                        double v = cell_median(row_cell(&report->rows[i], labels[k]));
                        low = v > 0 && v < low ? v : low;
                        high = v > high ? v : high;
                }
        if (!(high > 0))
                return (Axis){1, 10};
        return (Axis){pow(10, floor(log10(low))), pow(10, ceil(log10(high * 1.001)))};
}

static void write_bars(FILE *f, const Axis *axis, const Row *row, const char *const *labels,
                       unsigned n, int y) {
        char text[32];

        write_text(f, LEFT - 8, y + BAR * (double)n / 2 + 4, "end", row->name);
        for (unsigned k = 0; k < n; k++) {
                double v = cell_median(row_cell(row, labels[k]));
                if (!(v > 0))
                        continue;
                double x = axis_x(axis, v);
                fprintf(f, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n",
                        LEFT, y + BAR * (int)k, x - LEFT, BAR - 1, colors[k]);
                snprintf(text, sizeof(text), v < 10 ? "%.2f" : "%.0f", v);
                fprintf(f, "<text x=\"%.1f\" y=\"%d\" font-size=\"8\">%s</text>\n", x + 3,
                        y + BAR * (int)k + 7, text);
        }
}

static void write_bar_chart(const char *directory, const char *name, const char *title,
                            const Report *report, const char *section, const char *const *labels,
                            unsigned n_labels) {
        Axis axis = find_axis(report, section, labels, n_labels);
        int n = 0, step = BAR * (int)n_labels + GAP;

        for (unsigned i = 0; i < report->n; i++)
                n += is_in(&report->rows[i], section);
        FILE *f = begin_chart(directory, name, title, TOP + n * step + 24);
        write_legend(f, labels, n_labels);
        write_grid(f, &axis, TOP + n * step);
        for (unsigned i = 0, k = 0; i < report->n; i++)
                if (is_in(&report->rows[i], section))
                        write_bars(f, &axis, &report->rows[i], labels, n_labels,
                                   TOP + 5 + (int)k++ * step);
        end_chart(f);
}

/* A small picture for each row: the cost at each size, beside that of Redis. */
static void write_growth(const char *directory, const Report *report) {
        static const char *const labels[2][4] = {
                {"10^3", "10^4", "10^5", "10^6"},
                {"Redis 10^3", "Redis 10^4", "Redis 10^5", "Redis 10^6"}};
        static const char section[] = "cost as a container grows";
        static const char *const legend[] = {"shmgrd", "Redis"};
        int n = 0;

        for (unsigned i = 0; i < report->n; i++)
                n += is_in(&report->rows[i], section) && row_cell(&report->rows[i], labels[0][0]);
        FILE *f = begin_chart(directory, "growth",
                              "Cost of an operation from 10^3 to 10^6 elements (us, 0.1 to 1000)",
                              TOP + (n + 3) / 4 * 150 + 10);
        write_legend(f, legend, 2);
        for (unsigned i = 0, k = 0; i < report->n; i++) {
                const Row *row = &report->rows[i];
                if (!is_in(row, section) || !row_cell(row, labels[0][0]))
                        continue;
                int x = 20 + (int)(k % 4) * 220, y = TOP + (int)(k / 4) * 150;
                fprintf(f,
                        "<rect x=\"%d\" y=\"%d\" width=\"200\" height=\"120\" fill=\"none\" "
                        "stroke=\"#ccc\"/>\n",
                        x, y + 14);
                write_text(f, x, y + 10, "start", row->name);
                for (unsigned s = 0; s < 2; s++) {
                        fprintf(f,
                                "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" "
                                "points=\"",
                                colors[s]);
                        for (unsigned p = 0; p < 4; p++) {
                                double v = cell_median(row_cell(row, labels[s][p]));
                                if (v > 0)
                                        fprintf(f, "%d,%.1f ", x + 10 + (int)p * 60,
                                                y + 134 - 30 * (log10(v < 0.1 ? 0.1 : v) + 1));
                        }
                        fprintf(f, "\"/>\n");
                }
                k++;
        }
        end_chart(f);
}

void charts_write(const char *directory, const Report *report) {
        static const char *const costs[] = {"shmgrd", "Redis", "echo"};
        static const char *const latencies[] = {"shmgrd p50", "Redis p50", "echo p50"};

        write_bar_chart(
                directory, "cost",
                "Processor time of the server for an operation (value, connections x in flight)",
                report, "processor time", costs, ELEMENTSOF(costs));
        write_bar_chart(directory, "latency", "Median latency of a call", report, "latency",
                        latencies, ELEMENTSOF(latencies));
        write_growth(directory, report);
}
