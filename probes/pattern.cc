#include "probes/pattern.h"
