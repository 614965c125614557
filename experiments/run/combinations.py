"""Options of a run that are each within bounds, but not beside each other."""

from typing import Any

from experiments.launch.options import SEED_LIMIT, as_text
from nne_jax import data
from nne_jax.errors import InputError


def check(config: Any) -> None:
    """Refuses what does not go together.

    Args:
      config: anything with the options of ``Config``.

    Raises:
      InputError: names both options.
    """
    if config.dataset not in data.DATASETS and not config.dataset.endswith(".npz"):
        raise InputError(
            f"--dataset={config.dataset}: must be one of {', '.join(data.DATASETS)}, or a file "
            "FILE.npz."
        )
    _check_sizes(config)
    _check_networks(config)
    _check_fields(config)
    _check_chromosomes(config)
    _check_haplotypes(config)
    _check_ploidy(config)
    _check_rules(config)
    _check_seeds(config)


def depends_on_what_is_drawn(config: Any) -> bool:
    """Whether an option is admissible only in some networks: see ``checks.check_epsilon``."""
    return config.selection == "weak" and config.fitness != "reward"


def _check_sizes(config: Any) -> None:
    for name in ("double_population_at", "double_batch_at"):
        if late := [g for g in getattr(config, name) if g >= config.num_generations]:
            raise InputError(
                f"--{name}={as_text(getattr(config, name))}: {late[0]} is not before the last of "
                f"--num_generations={config.num_generations}; give earlier ones."
            )
    if config.double_batch_at and not config.batch_size:
        raise InputError(
            f"--double_batch_at={as_text(config.double_batch_at)}: --batch_size=0 has all "
            "training images from the start; drop one."
        )
    if config.genes_per_link > config.num_genes:
        raise InputError(
            f"--genes_per_link={config.genes_per_link}: there are {config.num_genes} genes; give "
            "at most as many, or more --num_genes."
        )


def _check_networks(config: Any) -> None:
    if config.k_cap > min(config.hidden):
        raise InputError(
            f"--k_cap={config.k_cap}: a layer of --hidden={as_text(config.hidden)} has "
            f"{min(config.hidden)} units; give at most as many, or 0 for all."
        )
    if config.activation != "relu" and depends_on_what_is_drawn(config):
        raise InputError(
            f"--activation={config.activation}: how low {config.fitness} can be is known of relu "
            "alone, and --selection=weak needs it; take --selection=intensity, or --fitness=reward."
        )


def _check_fields(config: Any) -> None:
    if not config.receptive_field:
        return
    given = f"--receptive_field={config.receptive_field:g}"
    if config.num_genes < config.hidden[0]:
        raise InputError(
            f"{given}: every one of --hidden={as_text(config.hidden)} has genes of its own, and "
            f"there are {config.num_genes}; give more --num_genes."
        )
    if not config.genes_per_link:
        raise InputError(f"{given}: with --genes_per_link=0 no gene has an effect; give more.")


def _check_chromosomes(config: Any) -> None:
    if config.num_chromosomes == 1:
        return
    given = f"--num_chromosomes={config.num_chromosomes}"
    for name in ("k_cap", "biases"):
        if value := getattr(config, name):
            raise InputError(
                f"{given}: each has the genes of units that fire by themselves, and --{name}="
                f"{as_text(value)} is of all units; drop one."
            )
    if len(config.hidden) != 1:
        raise InputError(
            f"{given}: chromosomes are of the units of one hidden layer, and "
            f"--hidden={as_text(config.hidden)}; give one, or 1."
        )
    shared = {"hidden": config.hidden[0], "num_genes": config.num_genes}
    for name, number in shared.items():
        if number % config.num_chromosomes:
            raise InputError(
                f"{given}: --{name}={number} cannot be shared among them equally; give a divisor "
                "of it."
            )
    if config.genes_per_link * config.num_chromosomes > config.num_genes:
        raise InputError(
            f"{given}: one has {config.num_genes // config.num_chromosomes} of the genes, and a "
            f"link depends on --genes_per_link={config.genes_per_link:g}; give fewer, or more "
            "--num_genes."
        )


def _check_haplotypes(config: Any) -> None:
    given = f"--num_haplotypes={config.num_haplotypes}"
    if config.num_haplotypes and config.num_chromosomes == 1:
        raise InputError(
            f"{given}: with one chromosome genotypes that share it are the same; give more "
            "--num_chromosomes, 20 say."
        )
    if config.antithetic and config.num_haplotypes % 2:
        raise InputError(f"{given}: --antithetic makes pairs; give an even number.")


def _check_ploidy(config: Any) -> None:
    if config.ploidy == 1:
        return
    given = f"--ploidy={config.ploidy}"
    if config.population_size % 2:
        raise InputError(
            f"{given}: every genotype has two of the haplotypes, of which there are "
            f"--population_size={config.population_size}; give an even number."
        )
    for name, why in {
        "num_haplotypes": "genotypes share haplotypes one by one",
        "repack": "fixed alleles are left out of haploid genotypes",
        "learning": "lifetimes are of haploid genotypes",
    }.items():
        if getattr(config, name):
            flag = {"learning": "lifetime"}.get(name, name)
            value = as_text(getattr(config, flag))
            raise InputError(f"{given}: {why}, with --{flag}={value}; drop one.")


def _check_seeds(config: Any) -> None:
    if config.seed + config.num_seeds > SEED_LIMIT:
        raise InputError(
            f"--num_seeds={config.num_seeds}: from --seed={config.seed} on there are "
            f"{SEED_LIMIT - config.seed}; give at most as many, or a smaller --seed."
        )
    if config.num_seeds > 1 and config.repack:
        raise InputError(
            f"--repack: leaves out what is fixed in one population, and --num_seeds="
            f"{config.num_seeds} have each their own; drop one."
        )


def _check_rules(config: Any) -> None:
    if config.selection == "pbil" and config.learning_rate > 1:
        raise InputError(
            f"--learning_rate={config.learning_rate}: must be at most 1 with --selection=pbil."
        )
    if config.warp and depends_on_what_is_drawn(config):
        raise InputError(
            f"--warp={config.warp:g}: how low {config.fitness} can be of warped images is not "
            "known, and --selection=weak needs it; take --selection=intensity, or --fitness=reward."
        )
    if config.repack and (config.mutation_rate or config.selection == "pbil"):
        back = f"--mutation_rate={config.mutation_rate:g}" if config.mutation_rate else "pbil"
        raise InputError(
            f"--repack: leaves out alleles that are lost, and {back} brings them back; drop one."
        )
    if config.repack and config.num_chromosomes > 1:
        raise InputError(
            f"--repack: has no effect with --num_chromosomes={config.num_chromosomes}, whose "
            "haplotypes take little time anyway; drop one."
        )
    if config.evolution == "wright_fisher" and config.selection in ("adam", "pbil"):
        raise InputError(
            f"--selection={config.selection}: gives individuals no relative fitness to breed by; "
            "with --evolution=wright_fisher take weak, intensity or truncation."
        )
