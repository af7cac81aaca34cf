from deepae.io.scripting import logged

with logged(snakemake.log[0]):
    from deepae.figures import figure_1, style
    from deepae.methods.autoencoder.network import hidden_widths

    network = {"architecture": "DeepAE4", "iterations": 1000} | snakemake.params.network
    architecture = network["architecture"]
    known = {key: network[key] for key in ("slope", "linear_centre", "loss", "iterations") if key in network}
    name = architecture if isinstance(architecture, str) else "own architecture"
    style.save(figure_1.draw(hidden_widths(architecture), name, **known), snakemake.output)
