// The settings of all kinds of probe that have a header of their own.
#pragma once

#include "init/config/config.h"
#include "probes/connect_probe.h"
#include "probes/exec_probe.h"
#include "probes/file_probe.h"
#include "probes/grpc_probe.h"
#include "probes/http_probe.h"
#include "probes/process_probe.h"
#include "probes/redis_probe.h"
