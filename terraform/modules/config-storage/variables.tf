variable "bucket_name" {
  description = "Name of the bucket that keeps the expectations and the acknowledgements of the tasks."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "A bucket name has 3 to 63 lower-case letters, digits, dots or hyphens, and starts and ends with a letter or digit."
  }
}

variable "expectations_file" {
  description = "Path of the local file to upload: the expectations in JSON. For MockServer the array ends with the readiness expectation."
  type        = string

  validation {
    condition     = fileexists(var.expectations_file)
    error_message = "The expectations file does not exist."
  }
}

variable "expectations_key" {
  description = "Key of the uploaded object."
  type        = string
  default     = "expectations.json"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9!_.()/-]{0,511}$", var.expectations_key)) && !startswith(var.expectations_key, "acks/")
    error_message = "The key consists of letters, digits and ! _ . ( ) / -, starts with a letter or digit, and lies outside acks/."
  }
}

variable "noncurrent_version_days" {
  description = "Days for which earlier versions of the expectations can be restored."
  type        = number
  default     = 7

  validation {
    condition     = var.noncurrent_version_days >= 1 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "The retention of old versions is a whole number of days, at least 1."
  }
}

variable "force_destroy" {
  description = "Whether destroying the module deletes the objects in the bucket too; without it the destruction stops at a bucket that is not empty."
  type        = bool
  default     = true
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
