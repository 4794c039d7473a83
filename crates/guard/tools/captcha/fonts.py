#!/usr/bin/env python3
"""Cuts crates/guard/src/challenge/drawing/font/*.ttf (the captcha alphabet, no hinting) out of Debian's fonts-dejavu."""
import subprocess
for name, source in dict(sans="DejaVuSans", serif="DejaVuSerif", bold="DejaVuSans-Bold", slanted="DejaVuSans-Oblique").items():
    subprocess.run(["pyftsubset", f"/usr/share/fonts/truetype/dejavu/{source}.ttf", "--text=adefghkmptuwxy34", "--no-hinting", "--layout-features=",
                    "--desubroutinize", "--drop-tables+=GSUB,GPOS,GDEF,kern,FFTM", f"--output-file=crates/guard/src/challenge/drawing/font/{name}.ttf"], check=True)
