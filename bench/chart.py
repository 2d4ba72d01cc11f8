"""Tables and bar charts of what bench/run has measured."""

from xml.sax.saxutils import escape


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


CHARTED = ("start", "run", "anonymous", "signal_p50", "reaping", "stop", "tap_blocks", "tap_lines")


def table(result, charts=None):
    """As Markdown, with pictures where there is a folder of them."""
    machine = result["machine"]
    lines = [f"{machine['cpu']}, {machine['cpus']} CPUs, Linux {machine['kernel']}, {machine['architecture']}; "
             f"load {machine['load']:.1f}; usher {machine['usher_bytes']:,} bytes.", ""]
    for measure in result["measures"]:
        unit = f" ({measure['unit']})" if measure["unit"] else ""
        lines += [f"**{measure['what']}**{unit}", "", "| | median | 10 to 90 % | ratio |", "| --- | ---: | ---: | ---: |"]
        for name, r in measure["results"].items():
            ratio = f"{r['ratio']:.2f}" if r["ratio"] is not None else ""
            lines.append(f"| {name} | {number(r['median'])} | {number(r['low'])} to {number(r['high'])} | {ratio} |")
        lines.append("")
        if charts and measure["name"] in CHARTED:
            lines += [f"![{measure['what']}]({charts}{measure['name']}.svg)", ""]
    return "\n".join(lines)


def svg(measure, machine):
    """One bar each, with a line over the middle 80 % of the runs."""
    rows = list(measure["results"].items())
    width, left, row, top = 640, 170, 24, 44
    most = max([r["high"] for _, r in rows] + [1e-9])
    scale = (width - left - 80) / most
    height = top + row * len(rows) + 24
    unit = f", {measure['unit']}" if measure["unit"] else ""
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           f'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="#fff"/>',
           f'<text x="8" y="22" font-size="14">{escape(measure["what"] + unit)}</text>']
    for i, (name, r) in enumerate(rows):
        y = top + row * i
        colour = "#2b6cb0" if name.startswith("usher") else "#a0aec0"
        low, middle, high = (left + r[key] * scale for key in ("low", "median", "high"))
        out += [f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>',
                f'<rect x="{left}" y="{y + 2}" width="{max(middle - left, 1):.1f}" height="15" fill="{colour}"/>',
                f'<path d="M{low:.1f} {y + 9.5}H{high:.1f}" stroke="#1a202c"/>',
                f'<text x="{max(high, middle) + 6:.1f}" y="{y + 13}">{number(r["median"])}</text>']
    out += [f'<text x="8" y="{height - 8}" font-size="10" fill="#4a5568">'
            f'{escape(machine["cpu"])}, {machine["cpus"]} CPUs, Linux {escape(machine["kernel"])}</text>', "</svg>"]
    return "\n".join(out) + "\n"
