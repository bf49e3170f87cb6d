variable "bucket_name" {
  description = "Name of the bucket that keeps Terraform states, stack records, journals and receipts."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "A bucket name has 3 to 63 lower-case letters, digits, dots or hyphens, and starts and ends with a letter or digit."
  }
}

variable "lock_table_name" {
  description = "Name of a DynamoDB table for state locking, or null for none. Only Terraform older than 1.10 needs it; newer versions lock in the bucket itself."
  type        = string
  default     = null

  validation {
    condition     = var.lock_table_name == null || can(regex("^[A-Za-z0-9_.-]{3,255}$", var.lock_table_name))
    error_message = "A table name has 3 to 255 letters, digits, underscores, dots or hyphens."
  }
}

variable "noncurrent_version_days" {
  description = "Days for which overwritten and deleted versions of an object can be restored."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_version_days >= 1 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "The retention of old versions is a whole number of days, at least 1."
  }
}

variable "expiring_prefixes" {
  description = "Days after which objects are deleted, by what their keys begin with. Journals tell how a teardown went; its receipt stays."
  type        = map(number)
  default     = { "journals/" = 90 }

  validation {
    condition     = alltrue([for prefix, days in var.expiring_prefixes : length(prefix) > 0 && days >= 1 && floor(days) == days])
    error_message = "A prefix is not empty, and its objects are kept for a whole number of days, at least one."
  }
}

variable "force_destroy" {
  description = "Whether destroying the module may delete a bucket that still holds objects, and with them every state and record."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
