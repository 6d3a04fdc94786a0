/* SPDX-License-Identifier: MIT */
#include "core/pmu.h"
#include "kconfig.h"

/* PMUSERENR_EL0: EN is off (no control); CR, ER: the counters may be read */
#define PMUSERENR_CR (1 << 2)
#define PMUSERENR_ER (1 << 3)
#define PMCNTEN_CYCLES (1UL << 31)

void pmu_init_cpu(void)
{
	write_sysreg(PMCR_P | PMCR_C, pmcr_el0); /* reset, stopped */
	write_sysreg(PMU_INST_RETIRED, pmevtyper0_el0); /* EL0 and EL1 */
	write_sysreg(0, pmccfiltr_el0);
	write_sysreg(PMCNTEN_CYCLES | 1, pmcntenset_el0);
	write_sysreg(CONFIG_PMU_USER ? PMUSERENR_CR | PMUSERENR_ER : 0,
		     pmuserenr_el0);
	write_sysreg(PMCR_E, pmcr_el0);
	isb();
}
