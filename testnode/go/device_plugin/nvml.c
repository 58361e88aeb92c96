// The part of NVIDIA's management library that its device plugin asks, for one GPU that is not there.
// Names, numbers and structures are those of https://docs.nvidia.com/deploy/nvml-api/

#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TIMEOUT = 10 };

typedef struct gpu {
    int index;
} gpu;

typedef struct place {
    char legacy_bus_id[16];
    unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
    char bus_id[32];
} place;

typedef struct memory {
    unsigned long long total, free, used;
} memory;

typedef unsigned long long events;

static gpu only;
static const char identity[] = "GPU-00000000-0000-0000-0000-000000000000";

int nvmlInit_v2(void) { return SUCCESS; }
int nvmlShutdown(void) { return SUCCESS; }
const char *nvmlErrorString(int status) { return status == SUCCESS ? "success" : "there is no such thing here"; }

int nvmlDeviceGetCount_v2(unsigned *count) {
    *count = 1;
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, gpu **found) {
    *found = &only;
    return index == 0 ? SUCCESS : INVALID_ARGUMENT;
}

int nvmlDeviceGetHandleByUUID(const char *wanted, gpu **found) {
    *found = &only;
    return strcmp(wanted, identity) == 0 ? SUCCESS : NOT_FOUND;
}

int nvmlDeviceGetUUID(gpu *device, char *text, unsigned size) {
    strncpy(text, identity, size);
    return SUCCESS;
}

int nvmlDeviceGetName(gpu *device, char *text, unsigned size) {
    strncpy(text, "a GPU that is not there", size);
    return SUCCESS;
}

int nvmlDeviceGetMinorNumber(gpu *device, unsigned *minor) {
    *minor = 0;
    return SUCCESS;
}

int nvmlDeviceGetPciInfo_v3(gpu *device, place *found) {
    memset(found, 0, sizeof *found);
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(gpu *device, memory *found) {
    memset(found, 0, sizeof *found);
    return SUCCESS;
}

int nvmlDeviceGetCudaComputeCapability(gpu *device, int *major, int *minor) {
    *major = 8;
    *minor = 9;
    return SUCCESS;
}

int nvmlDeviceGetMigMode(gpu *device, unsigned *now, unsigned *next) { return NOT_SUPPORTED; }

int nvmlEventSetCreate(void **set) {
    *set = &only;
    return SUCCESS;
}

int nvmlEventSetFree(void *set) { return SUCCESS; }

int nvmlDeviceGetSupportedEventTypes(gpu *device, events *types) {
    *types = 0;
    return SUCCESS;
}

int nvmlDeviceRegisterEvents(gpu *device, events types, void *set) { return SUCCESS; }

// Nothing ever happens to a GPU that is not there.
int nvmlEventSetWait_v2(void *set, void *event, unsigned milliseconds) {
    usleep(milliseconds * 1000);
    return TIMEOUT;
}
