variable "domain_name" {
  description = "Name under which the mock answers. Equal to the zone's name or inside the zone."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain_name))
    error_message = "The domain is a full name in lower case, such as mock.example.com."
  }
}

variable "zone_name" {
  description = "Name of the public hosted zone that holds the records."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}\\.?$", var.zone_name))
    error_message = "The zone is a full name in lower case, such as example.com."
  }
}

variable "load_balancer_dns_name" {
  description = "DNS name of the load balancer that the domain points at."
  type        = string
}

variable "load_balancer_zone_id" {
  description = "ID of the hosted zone of the load balancer itself, as the load balancer reports it."
  type        = string
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
