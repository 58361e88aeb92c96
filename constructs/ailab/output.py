"""Where manifests are written to, and what stands above them."""

from __future__ import annotations

from pathlib import Path

from cdk8s import App, YamlOutputType


class Output(App):
    """A folder of manifests, a file for each chart."""

    def __init__(self, folder: Path, *, made_from: str) -> None:
        one_file_a_chart = YamlOutputType.FILE_PER_CHART
        super().__init__(outdir=str(folder), output_file_extension=".yaml", yaml_output_type=one_file_a_chart)
        self._folder = folder
        self._made_from = made_from

    def synth(self) -> None:
        """Write the files; each begins by saying where a change belongs."""
        super().synth()
        for file in self._folder.glob("*.yaml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(
                f"# Made from {self._made_from} by ./lab synth: edit that, not this.\n{text}", encoding="utf-8"
            )
