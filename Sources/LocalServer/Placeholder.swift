// replaced by the module
